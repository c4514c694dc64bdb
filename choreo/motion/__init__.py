"""Motion: rotations, skeleton, kinematics, contacts, and what is mended in recordings."""
