"""What `newsdesk batch` computes: rows in, answers out, in the order of the rows."""
