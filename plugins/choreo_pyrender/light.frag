// A surface with vertex colours.
uniform vec2 surface;  // 1 on the floor and 0 on a body, roughness

in vec4 color_multiplier;
out vec4 frag_color;

void main()
{
    vec3 light = lit(frag_normal, surface.y);
    frag_color = clamp(vec4(pow(light * color_multiplier.rgb, vec3(1.0 / 2.2)), color_multiplier.a), 0.0, 1.0);
}
