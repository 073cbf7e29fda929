"""Who and what acts: citizens and care workers as columns; services, commissioners and neighbourhoods."""
