layout(location = 0) in vec3 world;
layout(location = 3) in vec2 uv;

out vec2 frag_uv;

void main()
{
    frag_uv = uv;
    gl_Position = to_lamp * vec4(world, 1.0);
}
