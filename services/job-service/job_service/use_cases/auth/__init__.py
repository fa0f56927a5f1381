"""Sign-up, sign-in and sign-out, and who is asking."""
