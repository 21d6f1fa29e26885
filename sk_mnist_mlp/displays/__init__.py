"""Pictures of fits and searches, drawn by matplotlib when they are asked for."""
