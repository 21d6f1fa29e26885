"""Files: archives that nobody vouches for, and files that are whole or not there."""
