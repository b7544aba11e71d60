"""What the app knows of its viewer between login and logout, and keeps from one start to the next; no Textual."""
