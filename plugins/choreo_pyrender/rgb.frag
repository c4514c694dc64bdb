// The picture's bytes, RGBRGB..., the uppermost row first, four to a texel of the target.
uniform sampler2D picture;

out vec4 four;

void main()
{
    ivec2 size = textureSize(picture, 0), at = ivec2(gl_FragCoord.xy);
    int first = 4 * at.x, row = size.y - 1 - at.y;
    int column = first / 3, part = first - 3 * column;
    vec3 a = texelFetch(picture, ivec2(column, row), 0).rgb;
    vec3 b = texelFetch(picture, ivec2(min(column + 1, size.x - 1), row), 0).rgb;
    four = part == 0 ? vec4(a, b.r) : part == 1 ? vec4(a.gb, b.rg) : vec4(a.b, b);
}
