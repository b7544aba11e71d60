"""What runs in the engine's process: a loop that answers viewers, and a thread that trains."""
