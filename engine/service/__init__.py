"""What the screens, the replays and the command line drive: one service over the store and the engine's process."""
