layout(location = 0) in vec3 world;
layout(location = 1) in vec3 normal;
layout(location = 3) in vec2 uv;

out vec3 frag_position;
out vec3 frag_normal;
out vec2 frag_uv;

void main()
{
    frag_position = world;
    frag_normal = normal;
    frag_uv = uv;
    gl_Position = to_camera * vec4(world, 1.0);
}
