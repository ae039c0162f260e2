"""What is known of people: showing it, giving it to them, erasing it."""
