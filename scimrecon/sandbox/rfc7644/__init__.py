"""What the practice server of the dialect `rfc7644` does."""
