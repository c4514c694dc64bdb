// A textured surface: lit as those with vertex colours, in two tones, or as it is.
uniform int layer;  // 0: what is solid; 1: what shows what is behind it

out vec4 frag_color;

const float SOLID = 0.99;
const float TONES = 0.1;  // half the width of the border between two tones, as cosine: MToon's default

void main()
{
    vec3 dark;
    vec4 paint = painted(dark);
    float alpha = paint.a;
    if (kind.y > 1.5) {
        if ((alpha >= SOLID) != (layer == 0)) discard;
    } else if (kind.y > 0.5) {
        alpha = clamp((alpha - kind.z) / max(fwidth(alpha), 1e-4) + 0.5, 0.0, 1.0);  // an edge one pixel wide
        if (alpha <= 0.0) discard;
    }
    vec3 normal = gl_FrontFacing ? frag_normal : -frag_normal;
    vec3 light = paint.rgb;
    if (kind.x < 0.5) {
        light *= lit(normal, kind.w);
    } else if (kind.x < 1.5) {
        float facing = dot(normalize(normal), normalize(lamp.xyz - frag_position));
        float bright = smoothstep(-TONES, TONES, facing) * (1.0 - shadow(clamp(facing, 0.0, 1.0)));
        light = mix(dark, light, bright) * cone.z;
    }
    frag_color = clamp(vec4(pow(light + emission.rgb, vec3(1.0 / 2.2)), alpha), 0.0, 1.0);
}
