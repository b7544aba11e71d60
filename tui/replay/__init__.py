"""Replays on the screen: frames of a session, shown one by one, unseen or in the app with a scrubber."""
