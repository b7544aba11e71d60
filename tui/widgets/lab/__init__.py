"""The parts of the lab, a module each."""
