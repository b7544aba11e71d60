"""What is learned: the autoencoders (step 3) and the closed-form models beside them."""
