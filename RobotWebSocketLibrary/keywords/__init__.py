"""The keywords, by group. Each class gets only the collaborators it uses."""
