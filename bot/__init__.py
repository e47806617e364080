"""The Sex Work Solidarity bot: it receives, decides, delivers and forgets."""
