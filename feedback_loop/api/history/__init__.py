"""What git history says about patterns: mined, judged, and what follows from it."""
