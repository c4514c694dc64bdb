// Into the shadow map goes what is more there than not.
void main()
{
    vec3 dark;
    if (painted(dark).a < (kind.y > 1.5 ? 0.5 : kind.z)) discard;
}
