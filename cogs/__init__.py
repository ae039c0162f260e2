"""What Discord sees: one folder a feature, shared parts, texts."""
