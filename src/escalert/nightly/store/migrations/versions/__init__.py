"""One module per migration; each stands as it was when it was released, whatever `tables` says today."""
