"""The headless commands, each a module with a click `command`; loaded by `matinee` only when it is asked for."""
