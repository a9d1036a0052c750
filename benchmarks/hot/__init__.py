"""The parts of benchmarks/hot_path.py."""
