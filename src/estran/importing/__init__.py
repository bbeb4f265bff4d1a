"""Files of any tool become one canonical estate."""
