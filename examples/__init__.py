"""The nine built-in patterns at work, in pairs of functions and in an application; and ratings of prompts."""
