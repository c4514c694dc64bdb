#version 330 core
// The light of pyrender's mesh.frag for opaque or fading, non-metallic surfaces with vertex colours, at less cost:
// the 3x3 mean of interpolated shadow taps is one weighted 4x4 window (16 reads instead of 36), lights that cannot
// reach a surface are left out, and what does not depend on the light is computed once.

struct Material {
    vec3 emissive_factor;
    vec4 base_color_factor;
    float metallic_factor;
    float roughness_factor;
};
struct SpotLight {
    vec3 color;
    float intensity;
    vec3 position;
    vec3 direction;
    float light_angle_scale;
    float light_angle_offset;
    sampler2D shadow_map;
    mat4 light_matrix;
};
struct DirectionalLight {
    vec3 color;
    float intensity;
    vec3 direction;
};

uniform Material material;
uniform SpotLight spot_lights[MAX_SPOT_LIGHTS];
uniform int n_spot_lights;
uniform DirectionalLight directional_lights[MAX_DIRECTIONAL_LIGHTS];
uniform int n_directional_lights;
uniform vec3 cam_pos;
uniform vec3 ambient_light;

in vec3 frag_position;
in vec3 frag_normal;
in vec4 color_multiplier;
out vec4 frag_color;

const float PI = 3.141592653589793;
const float REFLECTED = 0.04;

float row(sampler2D depths, ivec2 at, float compare, float part)
{
    vec4 found = vec4(
        texelFetch(depths, at, 0).r, texelFetch(depths, at + ivec2(1, 0), 0).r,
        texelFetch(depths, at + ivec2(2, 0), 0).r, texelFetch(depths, at + ivec2(3, 0), 0).r);
    return dot(vec4(lessThan(found, vec4(compare))), vec4(1.0 - part, 1.0, 1.0, part));
}

float shadow(mat4 light_matrix, sampler2D depths, float facing)
{
    vec4 seen = light_matrix * vec4(frag_position, 1.0);
    vec3 place = seen.xyz / seen.w * 0.5 + 0.5;
    if (place.z > 1.0) return 0.0;
    float compare = place.z - max(0.001 * (1.0 - facing), 0.0001) / seen.w;
    ivec2 size = textureSize(depths, 0);
    vec2 texel = place.xy * vec2(size) + 0.5;
    vec2 part = fract(texel);
    ivec2 low = clamp(ivec2(floor(texel)) - 1, ivec2(0), size - 4);
    float covered = row(depths, low, compare, part.x) * (1.0 - part.y) + row(depths, low + ivec2(0, 1), compare, part.x)
        + row(depths, low + ivec2(0, 2), compare, part.x) + row(depths, low + ivec2(0, 3), compare, part.x) * part.y;
    return covered / 9.0;
}

vec3 n, v;
float a2, k, nv, dim_v;
vec3 diffuse;

vec3 reflected(vec3 l, float facing, vec3 radiance)
{
    float nl = clamp(facing, 0.001, 1.0);
    vec3 h = normalize(l + v);
    float nh = clamp(dot(n, h), 0.0, 1.0), grazing = 1.0 - clamp(dot(v, h), 0.0, 1.0), grazing2 = grazing * grazing;
    float fresnel = REFLECTED + (1.0 - REFLECTED) * grazing2 * grazing2 * grazing;
    float spread = nh * nh * (a2 - 1.0) + 1.0;
    float gloss = fresnel * dim_v * nl * a2
        / ((nl * (1.0 - k) + k) * (PI * spread * spread) * (4.0 * nl * nv + 0.001));
    return nl * radiance * ((1.0 - fresnel) * diffuse + gloss);
}

void main()
{
    a2 = material.roughness_factor * material.roughness_factor;
    a2 *= a2;
    float edge = material.roughness_factor + 1.0;
    k = edge * edge / 8.0;
    vec3 base = material.base_color_factor.rgb;
    diffuse = base * ((1.0 - REFLECTED) / PI);
    n = normalize(frag_normal);
    v = normalize(cam_pos - frag_position);
    nv = clamp(abs(dot(n, v)), 0.001, 1.0);
    dim_v = nv / (nv * (1.0 - k) + k);
    vec3 light = base * ambient_light;

    for (int i = 0; i < n_directional_lights; i++) {
        vec3 l = -normalize(directional_lights[i].direction);
        light += reflected(l, dot(n, l), directional_lights[i].intensity * directional_lights[i].color);
    }
    vec3 way = spot_lights[0].position - frag_position;
    float away = length(way);
    vec3 l = way / away;
    float cone = clamp(dot(spot_lights[0].direction, -l), 0.0, 1.0);
    cone = clamp(cone * spot_lights[0].light_angle_scale + spot_lights[0].light_angle_offset, 0.0, 1.0);
    float facing = dot(n, l);
    if (cone > 0.0) {
        vec3 radiance = spot_lights[0].color * (cone * cone * spot_lights[0].intensity / (away * away));
        radiance *= 1.0 - shadow(spot_lights[0].light_matrix, spot_lights[0].shadow_map, clamp(facing, 0.0, 1.0));
        light += reflected(l, facing, radiance);
    }
    vec4 color = vec4(light, material.base_color_factor.a) * color_multiplier;
    frag_color = clamp(vec4(pow(color.rgb, vec3(1.0 / 2.2)), color.a), 0.0, 1.0);
}
