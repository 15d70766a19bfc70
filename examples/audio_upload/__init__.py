"""An application that takes audio files of up to 800 MB, in which all nine patterns are applied."""
