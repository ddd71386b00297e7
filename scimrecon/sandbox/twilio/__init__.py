"""What the practice servers of the dialects `twilio` and `twilio_current` do."""
