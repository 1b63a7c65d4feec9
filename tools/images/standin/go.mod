module smarter-net/images/standin

go 1.24
