layout(location = 0) in vec3 world;

void main()
{
    gl_Position = to_lamp * vec4(world, 1.0);
}
