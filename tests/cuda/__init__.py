"""`stdplus_ref.cuda` and the code that it runs on a GPU."""
