"""Foreign reports, test runs and the spool become events."""
