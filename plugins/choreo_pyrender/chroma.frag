// What blue, and below it red, has over luma: means of 2x2 pixels, four to a texel of the target, two rows side by side.
// They lie above the rows of luma; else as luma.frag.
uniform sampler2D picture;

out vec4 four;

vec3 at(ivec2 place, ivec2 last)
{
    place = min(place, last);
    return texelFetch(picture, ivec2(place.x, last.y - place.y), 0).rgb;
}

void main()
{
    ivec2 last = textureSize(picture, 0) - 1, texel = ivec2(gl_FragCoord.xy);
    int rows = last.y / 2 + 1, across = last.x / 8 + 1, side = texel.x < across ? 0 : 1;
    int row = 2 * (texel.y - 2 * rows) + side;
    bool red = row >= rows;
    vec3 over = red ? vec3(0.7874, -0.7152, -0.0722) / 0.7874 : vec3(-0.2126, -0.7152, 0.9278) / 0.9278;
    int y = 2 * (red ? row - rows : row), x = 8 * (texel.x - side * across);
    for (int k = 0; k < 4; k++) {
        ivec2 place = ivec2(x + 2 * k, y);
        vec3 sum = at(place, last) + at(place + ivec2(1, 0), last) + at(place + ivec2(0, 1), last)
            + at(place + ivec2(1, 1), last);
        four[k] = (128.0 + 28.0 * dot(sum, over)) / 255.0;
    }
}
