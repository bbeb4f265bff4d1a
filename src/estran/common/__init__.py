"""What every room shares: language, problems, formatting of figures, the table schema and its messages."""
