uniform vec2 surface;  // 1 on the floor and 0 on a body, roughness

layout(location = 0) in vec3 world;
layout(location = 1) in vec3 normal;
layout(location = 2) in vec4 colour;

out vec3 frag_position;
out vec3 frag_normal;
out vec4 color_multiplier;

void main()
{
    frag_position = world + surface.x * floor_at.xyz;
    frag_normal = normal;
    color_multiplier = colour;
    gl_Position = to_camera * vec4(frag_position, 1.0);
}
