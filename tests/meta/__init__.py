"""The harness itself: faults planted in ports and in the library must be found."""
