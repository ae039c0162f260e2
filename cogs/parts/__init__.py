"""What the features share: custom ids, controls, forms, cards and ways to answer."""
