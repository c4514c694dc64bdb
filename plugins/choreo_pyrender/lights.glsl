// The light of pyrender's mesh.frag for opaque or fading, non-metallic surfaces with vertex colours, at less cost:
// the 3x3 mean of interpolated shadow taps is one weighted 4x4 window (16 reads instead of 36), lights that cannot
// reach a surface are left out, and what does not depend on the light is computed once.

uniform sampler2D depths;

in vec3 frag_position;
in vec3 frag_normal;

const float PI = 3.141592653589793;
const float REFLECTED = 0.04;
const float DIFFUSE = (1.0 - REFLECTED) / PI;

float row(ivec2 at, float compare, float part)
{
    vec4 found = vec4(
        texelFetch(depths, at, 0).r, texelFetch(depths, at + ivec2(1, 0), 0).r,
        texelFetch(depths, at + ivec2(2, 0), 0).r, texelFetch(depths, at + ivec2(3, 0), 0).r);
    return dot(vec4(lessThan(found, vec4(compare))), vec4(1.0 - part, 1.0, 1.0, part));
}

float shadow(float facing)
{
    vec4 hit = to_lamp * vec4(frag_position, 1.0);
    vec3 place = hit.xyz / hit.w * 0.5 + 0.5;
    if (place.z > 1.0) return 0.0;
    float compare = place.z - max(0.001 * (1.0 - facing), 0.0001) / hit.w;
    ivec2 size = textureSize(depths, 0);
    vec2 texel = place.xy * vec2(size) + 0.5;
    vec2 part = fract(texel);
    ivec2 low = clamp(ivec2(floor(texel)) - 1, ivec2(0), size - 4);
    float covered = row(low, compare, part.x) * (1.0 - part.y) + row(low + ivec2(0, 1), compare, part.x)
        + row(low + ivec2(0, 2), compare, part.x) + row(low + ivec2(0, 3), compare, part.x) * part.y;
    return covered / 9.0;
}

vec3 n, v;
float a2, k, nv, dim_v;

vec3 reflected(vec3 l, float facing, vec3 radiance)
{
    float nl = clamp(facing, 0.001, 1.0);
    vec3 h = normalize(l + v);
    float nh = clamp(dot(n, h), 0.0, 1.0), grazing = 1.0 - clamp(dot(v, h), 0.0, 1.0), grazing2 = grazing * grazing;
    float fresnel = REFLECTED + (1.0 - REFLECTED) * grazing2 * grazing2 * grazing;
    float spread = nh * nh * (a2 - 1.0) + 1.0;
    float gloss = fresnel * dim_v * nl * a2
        / ((nl * (1.0 - k) + k) * (PI * spread * spread) * (4.0 * nl * nv + 0.001));
    return nl * radiance * ((1.0 - fresnel) * DIFFUSE + gloss);
}

// Light that reaches the eye from a white surface.
vec3 lit(vec3 normal, float roughness)
{
    a2 = roughness * roughness;
    a2 *= a2;
    float edge = roughness + 1.0;
    k = edge * edge / 8.0;
    n = normalize(normal);
    v = normalize(eye.xyz - frag_position);
    nv = clamp(abs(dot(n, v)), 0.001, 1.0);
    dim_v = nv / (nv * (1.0 - k) + k);
    vec3 light = ambient.rgb;
    for (int i = 0; i < 3; i++) light += reflected(sides[i].xyz, dot(n, sides[i].xyz), side_colours[i].rgb);
    vec3 way = lamp.xyz - frag_position;
    float away = length(way);
    vec3 l = way / away;
    float inside = clamp(clamp(dot(lamp_way.xyz, -l), 0.0, 1.0) * cone.x + cone.y, 0.0, 1.0);
    float facing = dot(n, l);
    if (inside > 0.0) {
        vec3 radiance = lamp_colour.rgb * (inside * inside / (away * away));
        radiance *= 1.0 - shadow(clamp(facing, 0.0, 1.0));
        light += reflected(l, facing, radiance);
    }
    return light;
}
