"""What the practice server of the dialect `descope` does."""
