"""Tests. A folder for each part of the library, and `meta` for tests of what tests."""
