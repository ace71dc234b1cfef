"""One question over score studies and races: what does an upgrade change?"""
