"""Training, with torch: the only packages that import it are this one and ``model/``. ``dataset`` alone wants PyTorch Geometric, for those who work with it."""
