// Skinning as choreo_raster.skin has it: matrices and dual quaternions of the joints, mixed per vertex. Drawn as points
// without rasterising; what comes out is caught in a buffer, so that a vertex is skinned once for all passes.
uniform samplerBuffer duals;  // two texels a joint: rotation wxyz, then the dual part wxyz

layout(location = 0) in vec3 rest;
layout(location = 1) in vec3 rest_normal;
layout(location = 2) in vec4 weights;
layout(location = 3) in float roundness;
layout(location = 4) in ivec4 joints;

out vec3 world;
out vec3 normal;

vec3 turned(vec4 q, vec3 x)
{
    return x + 2.0 * cross(q.yzw, cross(q.yzw, x) + q.x * x);
}

vec3 moved(vec4 q, vec4 d)
{
    return 2.0 * (q.x * d.yzw - d.x * q.yzw + cross(q.yzw, d.yzw));
}

void main()
{
    vec4 first = texelFetch(duals, 2 * joints[0]), q = vec4(0.0), d = vec4(0.0);
    vec3 straight = vec3(0.0);
    for (int k = 0; k < 4; k++) {
        float part = weights[k];
        vec4 turn = texelFetch(duals, 2 * joints[k]), way = texelFetch(duals, 2 * joints[k] + 1);
        straight += part * (turned(turn, rest) + moved(turn, way));
        if (dot(turn, first) < 0.0) part = -part;
        q += part * turn;
        d += part * way;
    }
    float scale = inversesqrt(dot(q, q) + 1e-20);
    q *= scale;
    d *= scale;
    world = mix(straight, turned(q, rest) + moved(q, d), roundness);
    normal = turned(q, rest_normal);
}
