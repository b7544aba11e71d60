"""Pure functions from the state of a session to what is shown: no app, no clock, no screen, so tests can be exact."""
