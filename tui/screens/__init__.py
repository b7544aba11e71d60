"""One module a screen: each puts widgets together and answers the commands of its place."""
