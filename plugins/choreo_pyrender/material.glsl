// A material of a textured body; the same in choreo_pyrender/surfaces.py.
layout(std140) uniform Material {
    vec4 colour;           // times the texture
    vec4 shade;            // the same of the dark tone of two
    vec4 emission;
    vec4 kind;             // 0 lit, 1 toon or 2 unlit; 0 opaque, 1 mask or 2 blend; the mask's cutoff; roughness
};
uniform sampler2D picture;  // its colours times their alpha, unless the material is opaque

in vec2 frag_uv;

// The colour here and, as `dark`, the darker one of two tones.
vec4 painted(out vec3 dark)
{
    vec4 texel = texture(picture, frag_uv);
    float alpha = 1.0;
    if (kind.y > 0.5) {
        texel.rgb /= max(texel.a, 1.0 / 255.0);
        alpha = texel.a * colour.a;
    }
    dark = texel.rgb * shade.rgb;
    return vec4(texel.rgb * colour.rgb, alpha);
}
