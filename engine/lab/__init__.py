"""The model taken apart for people: pure functions of a frozen state, whose numbers are those that it answers with."""
