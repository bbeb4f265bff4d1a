"""The registers an organisation keeps row by row: their rows, forms and files."""
