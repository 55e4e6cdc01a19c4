"""What is shipped: imports, wheel, pages, examples, style."""
