"""Numbers of other implementations, kept in files, and the scripts that made them."""
