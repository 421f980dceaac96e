"""What finding behaviors costs in handbooks of different sizes, beside other ways to do it."""
