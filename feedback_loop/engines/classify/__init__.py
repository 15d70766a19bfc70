"""What kind of mistake a failure was, and where in the application it belongs."""
