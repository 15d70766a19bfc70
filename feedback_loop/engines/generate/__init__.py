"""Pattern-aware generation: what a prompt asks for, which patterns fit, the code that is made of them."""
